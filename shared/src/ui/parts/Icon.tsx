/** Drawn on a 16 × 16 grid with a stroke of 1.5, in the colour of the text around. */
const paths = {
  read: 'M4 2.5h5.5L12 5v8.5H4zM6 7h4M6 9.5h4',
  write: 'M4 2.5h5.5L12 5v8.5H4zM8 7v4M6 9h4',
  edit: 'M3 13l.6-2.6L10.8 3.2l2 2L5.6 12.4zM9.4 4.6l2 2',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01',
  search: 'M7 11.5a4.5 4.5 0 100-9 4.5 4.5 0 000 9zM10.4 10.4L13.5 13.5',
  bash: 'M2.5 3.5h11v9h-11zM5 6.5L7 8.2 5 10M8.5 10H11',
  terminal: 'M3 4.5L6.5 8 3 11.5M8 12h5',
  git_diff: 'M8 2.5v6M5 5.5h6M5 12.5h6',
  ask: 'M5.8 6a2.2 2.2 0 113.3 1.9c-.7.4-1.1.9-1.1 1.7M8 12.2h.01',
  page_expand: 'M2.5 3.5h11v9h-11zM2.5 6h11M8 7.5v4M6 9.5h4',
  tool: 'M8 10a2 2 0 100-4 2 2 0 000 4zM8 2.5V6M8 10v3.5M2.5 8H6M10 8h3.5',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  cross: 'M4 4l8 8M12 4l-8 8',
  right: 'M6 3.5L10.5 8 6 12.5',
  down: 'M3.5 6L8 10.5 12.5 6',
  play: 'M5 3v10l8-5z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  next: 'M4 3.5v9l6-4.5zM12 3.5v9',
  arrowDown: 'M8 3v10M4 9l4 4 4-4',
  send: 'M8 13V3M4 7l4-4 4 4',
  stop: 'M5 5h6v6H5z',
  clip: 'M12.5 7.2l-4.9 4.9a3 3 0 01-4.2-4.2L8.5 2.8a2 2 0 012.9 2.8L6.5 10.5a1 1 0 01-1.4-1.4l4.3-4.3',
  branch:
    'M5 5.5v5M5 5.5a1.5 1.5 0 100-3 1.5 1.5 0 000 3zM5 13.5a1.5 1.5 0 100-3 1.5 1.5 0 000 3zM11 6.5a1.5 1.5 0 100-3 1.5 1.5 0 000 3zM11 6.5c0 2.5-6 1.5-6 4',
  box: 'M8 2l5.5 3v6L8 14l-5.5-3V5zM2.5 5L8 8l5.5-3M8 8v6',
  info: 'M8 14A6 6 0 108 2a6 6 0 000 12zM8 7.5V11M8 5h.01',
  warning: 'M8 2.5L14 13H2zM8 6.5v3M8 11.3h.01',
  link: 'M6.8 9.2a2.5 2.5 0 003.6 0l2-2a2.5 2.5 0 00-3.6-3.6l-.9.9M9.2 6.8a2.5 2.5 0 00-3.6 0l-2 2a2.5 2.5 0 003.6 3.6l.9-.9',
  copy: 'M6 6h7.5v7.5H6zM10 3.5v-1H2.5V10h1',
  side: 'M2.5 3.5h11v9h-11zM10 3.5v9',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  undo: 'M5.5 3L2.5 6l3 3M2.5 6h7a3.5 3.5 0 010 7H6',
  pin: 'M6 2.5h4M6.5 2.5v4L4.5 9h7l-2-2.5v-4M8 9v4.5',
  file: 'M4 2.5h5.5L12 5v8.5H4z',
} as const;

export type IconName = keyof typeof paths;
export const isIcon = (name: string): name is IconName => Object.hasOwn(paths, name);

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="dh-icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
