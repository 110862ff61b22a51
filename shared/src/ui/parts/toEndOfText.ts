/** For a box's `ref`: the cursor goes behind the last word, where an edit mostly begins. */
export function toEndOfText(box: HTMLTextAreaElement | null): void {
  if (!box || box === document.activeElement) return;
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
}
