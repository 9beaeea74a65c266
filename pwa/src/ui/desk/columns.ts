/** A column of a data table. Without `value`, the row's own property `key` is shown. */
export interface Column<Row> {
  key: string;
  label: string;
  sortable?: boolean;
  align?: 'start' | 'end';
  /** A CSS width (`12rem`, `20%`). */
  width?: string;
  value?: (row: Row) => string | number | null;
}

export interface Sort {
  key: string;
  direction: 'ascending' | 'descending';
}

export type RowKey = string | number;

export function cellValue<Row>(row: Row, column: Column<Row>): string | number | null {
  if (column.value) return column.value(row);
  const value = (row as Record<string, unknown>)[column.key];
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

/** A sorted copy. Nothing (null) comes last in either direction; texts go by the reader's language. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort | null,
  locale: string,
): readonly Row[] {
  const column = columns.find((candidate) => candidate.key === sort?.key);
  if (!sort || !column) return rows;
  const texts = new Intl.Collator(locale, { numeric: true });
  const sign = sort.direction === 'ascending' ? 1 : -1;
  return rows
    .map((row) => ({ row, value: cellValue(row, column) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
      if (typeof a.value === 'number' && typeof b.value === 'number') return sign * (a.value - b.value);
      return sign * texts.compare(String(a.value), String(b.value));
    })
    .map(({ row }) => row);
}

/** No sort → ascending → descending → no sort. */
export function nextSort(sort: Sort | null, key: string): Sort | null {
  if (sort?.key !== key) return { key, direction: 'ascending' };
  return sort.direction === 'ascending' ? { key, direction: 'descending' } : null;
}
