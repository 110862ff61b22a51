/**
 * Text for a terminal: what others wrote, commands printed and files hold may not move the cursor, name the window or
 * write to the clipboard. Colours stay. A lone carriage return, of a progress bar, begins a line.
 */
export const plain = (text: string): string =>
  text.replaceAll(/\r\n?|[\u2028\u2029]/g, '\n').replaceAll(/\p{Cc}(\[[\d;]*m)?/gu, (control: string) => {
    const [first = ''] = control;
    if (first === '\u001b') return control.length > 1 ? control : '';
    return first === '\n' || first === '\t' ? control : control.slice(1);
  });
