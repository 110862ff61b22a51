import { Component, type ReactNode, useState } from 'react';

/** An internal app as many are: a table, a form, a dialog. The same source for each React. */
type Order = { id: number; customer: string; total: number };
const orders: Order[] = Array.from({ length: 40 }, (_, i) => ({
  id: 4700 + i,
  customer: `Customer ${i + 1}`,
  total: 100 + i * 7,
}));

export function SaveButton({ label, onSave, order }: { label: string; onSave: () => void; order: object }) {
  const [saved, setSaved] = useState(0);
  return (
    <button
      type="button"
      className="primary wide"
      data-order={Object.keys(order).length}
      data-source={process.env.NODE_ENV === 'production' ? 'src/orders/SaveButton.tsx:14:5' : undefined}
      onClick={() => {
        setSaved(saved + 1);
        onSave();
      }}
    >
      {label}
    </button>
  );
}
SaveButton.displayName = 'SaveButton';

class OrderTable extends Component<{ rows: Order[]; token: string }, { sorted: boolean; password: string }> {
  static displayName = 'OrderTable';
  override state = { sorted: true, password: 'class-state-password' };
  override render(): ReactNode {
    return (
      <table aria-label="Orders">
        <tbody>
          {this.props.rows.map(row => (
            <OrderRow key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    );
  }
}

function OrderRow({ row }: { row: Order }) {
  return (
    <tr className="row">
      <td>{row.id}</td>
      <td>{row.customer}</td>
      <td className="total">{row.total} EUR</td>
    </tr>
  );
}
OrderRow.displayName = 'OrderRow';

export function App() {
  const circular: Record<string, unknown> = { name: 'loop', list: Array(5000).fill('x') };
  circular.self = circular;
  Object.defineProperty(circular, 'broken', {
    enumerable: true,
    get() {
      throw new Error('a getter of the page');
    },
  });
  return (
    <main aria-label="Orders">
      <h1>Orders</h1>
      <p>Everything that was ordered today.</p>
      <form aria-label="Order 4711">
        <label>
          Note <input name="note" defaultValue="Leave at the door" />
        </label>
        <SaveButton label="Save order" onSave={() => {}} order={circular} />
      </form>
      <OrderTable rows={orders} token="not-so-secret-prop" />
    </main>
  );
}
App.displayName = 'App';
