import { enableAutoUnmount } from '@vue/test-utils';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { nextTick } from 'vue';
import { mountInPage, openEnglishTexts } from '../mount-for-tests';
import type { Column, Sort } from './columns';
import UiDataTable from './UiDataTable.vue';

interface Outlet {
  id: number;
  name: string;
  value: number | null;
}

const rows: Outlet[] = [
  { id: 1, name: 'B 10', value: 5 },
  { id: 2, name: 'a 2', value: null },
  { id: 3, name: 'C', value: 12 },
];
const columns: Column<Outlet>[] = [
  { key: 'name', label: 'Name', sortable: true },
  { key: 'value', label: 'Value', sortable: true, align: 'end' },
];

// The page of a test has no layout: the table is given a height.
beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(800);
});
beforeAll(openEnglishTexts);
enableAutoUnmount(afterEach);

function makeTable(extra: object = {}) {
  const wrapper = mountInPage(UiDataTable, {
    props: {
      caption: 'Outlets',
      columns,
      rows,
      rowKey: (row: Outlet) => row.id,
      selectable: true,
      openable: true,
      selected: [] as number[],
      sort: null,
      'onUpdate:selected': (selected: number[]) => wrapper.setProps({ selected }),
      'onUpdate:sort': (sort: Sort | null) => wrapper.setProps({ sort }),
      ...extra,
    } as never,
  });
  const names = () => wrapper.findAll('tbody tr.ui-table-row').map((row) => row.findAll('td')[1]?.text());
  const row = (index: number) => {
    const found = wrapper.findAll('tbody tr.ui-table-row')[index];
    if (!found) throw new Error(`no row ${index}`);
    return found;
  };
  const header = (label: string) => {
    const found = wrapper.findAll('th').find((cell) => cell.text() === label);
    if (!found) throw new Error(`no column ${label}`);
    return found;
  };
  return { wrapper, names, row, header };
}

describe('a data table', () => {
  it('sorts up, then down, then not, and says so', async () => {
    const { names, header } = makeTable();
    await header('Name').get('button').trigger('click');
    expect(names()).toEqual(['a 2', 'B 10', 'C']);
    expect(header('Name').attributes('aria-sort')).toBe('ascending');
    await header('Name').get('button').trigger('click');
    expect(names()).toEqual(['C', 'B 10', 'a 2']);
    await header('Name').get('button').trigger('click');
    expect(names()).toEqual(['B 10', 'a 2', 'C']);
    expect(header('Name').attributes('aria-sort')).toBe('none');
  });

  it('puts rows without a value last in either direction', async () => {
    const { names, header } = makeTable();
    await header('Value').get('button').trigger('click');
    expect(names()).toEqual(['B 10', 'C', 'a 2']);
    await header('Value').get('button').trigger('click');
    expect(names()).toEqual(['C', 'B 10', 'a 2']);
  });

  it('leaves the order to the server when told so', async () => {
    const { wrapper, names, header } = makeTable({ sortHere: false });
    await header('Name').get('button').trigger('click');
    expect(names()).toEqual(['B 10', 'a 2', 'C']);
    expect(wrapper.props('sort')).toEqual({ key: 'name', direction: 'ascending' });
  });

  it('has one row in the tab order, and arrows move it', async () => {
    const { wrapper, row } = makeTable();
    expect(wrapper.findAll('tr[tabindex="0"]')).toHaveLength(1);
    (row(0).element as HTMLElement).focus();
    await row(0).trigger('keydown', { key: 'ArrowDown' });
    await nextTick();
    expect(document.activeElement).toBe(row(1).element);
    await row(1).trigger('keydown', { key: 'End' });
    await nextTick();
    expect(document.activeElement).toBe(row(2).element);
    expect(row(0).attributes('tabindex')).toBe('-1');
  });

  it('opens with Enter and selects with Space', async () => {
    const { wrapper, row } = makeTable();
    await row(1).trigger('keydown', { key: 'Enter' });
    expect(wrapper.emitted('open')).toEqual([[rows[1]]]);
    await row(1).trigger('keydown', { key: ' ' });
    expect(wrapper.props('selected')).toEqual([2]);
    expect(row(1).attributes('aria-selected')).toBe('true');
  });

  it('does not open when a control in the row is used', async () => {
    const { wrapper, row } = makeTable();
    await row(0).get('input').setValue(true);
    await row(0).get('label').trigger('click');
    expect(wrapper.emitted('open')).toBeUndefined();
  });

  it('selects all and none with the box in its head', async () => {
    const { wrapper } = makeTable();
    await wrapper.get('thead input').setValue(true);
    expect(wrapper.props('selected')).toEqual([1, 2, 3]);
    await wrapper.get('thead input').setValue(false);
    expect(wrapper.props('selected')).toEqual([]);
  });

  it('shows that it waits, that it has nothing, and that it failed', () => {
    expect(makeTable({ rows: [], loading: true }).wrapper.find('[aria-label="Loading"]').exists()).toBe(true);
    expect(makeTable({ rows: [], emptyTitle: 'No outlets' }).wrapper.text()).toContain('No outlets');
    const failed = makeTable({
      rows: [],
      error: 'The server does not answer.',
      onRetry: () => undefined,
    }).wrapper;
    expect(failed.get('[role="alert"]').text()).toContain('The server does not answer.');
    expect(failed.get('[role="alert"] button').text()).toBe('Try again');
  });

  it('renders only the rows in sight of a long list', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({
      id: index,
      name: `n${index}`,
      value: index,
    }));
    const { names, wrapper } = makeTable({ rows: many });
    expect(names().length).toBeGreaterThan(0);
    expect(names().length).toBeLessThan(60);
    expect(wrapper.get('table').attributes('aria-rowcount')).toBe('20001');
  });
});
