import { reactive } from 'vue';

/** A sheet whose file is fetched when it is first opened; then it stays, so that closing can give the focus back. */
export function useSheet() {
  const sheet = reactive({
    isOpen: false,
    wasOpened: false,
    open(): void {
      sheet.isOpen = true;
      sheet.wasOpened = true;
    },
  });
  return sheet;
}
