import { createRoot } from 'react-dom/client';

/** Two thousand rows of five nodes, each row a component's: ten thousand nodes as React draws them. */
const rows = Array.from({ length: 2000 }, (_, i) => ({ id: i, name: `Item ${i}` }));

function Row({ id, name }: { id: number; name: string }) {
  return (
    <li className="row">
      <b>{id}</b>
      <span>{name}</span>
      <i>open</i>
      <button type="button">Edit</button>
    </li>
  );
}
Row.displayName = 'Row';

function Many() {
  return (
    <main>
      <h1>Many</h1>
      <ul>
        {rows.map(row => (
          <Row key={row.id} {...row} />
        ))}
      </ul>
    </main>
  );
}
Many.displayName = 'Many';

createRoot(document.getElementById('root') as HTMLElement).render(<Many />);
