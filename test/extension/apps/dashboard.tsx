import { type ReactNode, useState } from 'react';
import { createRoot } from 'react-dom/client';

/** As internal apps are today: utility classes on everything, icons drawn in place, cards, filters and a long table. */
const customers = ['Northwind', 'Contoso', 'Fabrikam', 'Tailspin', 'Wingtip', 'Adventure Works'];
const orders = Array.from({ length: 40 }, (_, i) => ({
  id: 90_210 + i,
  customer: customers[i % customers.length] ?? '',
  placed: `2026-10-${String((i % 28) + 1).padStart(2, '0')}`,
  total: 120 + i * 13,
  state: ['Paid', 'Shipped', 'Late'][i % 3] ?? '',
}));

function Icon({ path }: { path: string }) {
  return (
    <svg
      className="h-5 w-5 shrink-0 text-slate-400 transition-colors duration-150"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      aria-hidden="true"
    >
      <path strokeLinecap="round" strokeLinejoin="round" d={path} />
    </svg>
  );
}
Icon.displayName = 'Icon';

const gear =
  'M12 15.75a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5Zm8.25-3.75-2.1 1.2.2 2.4-2.3.7-1.1 2.1-2.3-.7';

function Card({ label, value, children }: { label: string; value: string; children?: ReactNode }) {
  return (
    <section
      className="flex flex-col gap-2 rounded-xl border border-slate-200 bg-white px-5 py-4 shadow-sm hover:shadow-md"
      aria-label={label}
    >
      <div className="flex items-center justify-between text-sm font-medium text-slate-500">
        <span className="truncate">{label}</span>
        <Icon path={gear} />
      </div>
      <p className="text-2xl font-semibold tracking-tight text-slate-900">{value}</p>
      {children}
    </section>
  );
}
Card.displayName = 'Card';

function FilterBar({ onSearch }: { onSearch: (text: string) => void }) {
  return (
    <form className="flex flex-wrap items-end gap-4 rounded-lg bg-slate-50 p-4" aria-label="Filter orders">
      {['Customer', 'Placed after', 'Placed before', 'State'].map(label => (
        <label key={label} className="flex w-48 flex-col gap-1 text-xs font-medium text-slate-600">
          {label}
          <input
            className="rounded-md border border-slate-300 px-3 py-2 text-sm focus:border-sky-500 focus:outline-none"
            onChange={event => onSearch(event.target.value)}
          />
        </label>
      ))}
      <button
        type="button"
        className="apply rounded-md bg-sky-600 px-4 py-2 text-sm font-semibold text-white"
      >
        Apply filters
      </button>
    </form>
  );
}
FilterBar.displayName = 'FilterBar';

function OrderLine({ order }: { order: (typeof orders)[number] }) {
  return (
    <tr className="order group border-b border-slate-100 even:bg-slate-50 hover:bg-sky-50">
      <td className="whitespace-nowrap px-4 py-3 text-sm tabular-nums text-slate-500">{order.id}</td>
      <td className="px-4 py-3 text-sm font-medium text-slate-900">{order.customer}</td>
      <td className="px-4 py-3 text-sm text-slate-500">{order.placed}</td>
      <td className="px-4 py-3 text-right text-sm tabular-nums text-slate-900">{order.total} EUR</td>
      <td className="px-4 py-3">
        <span className="inline-flex rounded-full bg-emerald-100 px-2 py-0.5 text-xs text-emerald-800">
          {order.state}
        </span>
      </td>
      <td className="px-4 py-3 text-right">
        <button type="button" className="rounded p-1 opacity-60 hover:bg-slate-200" aria-label="Edit">
          <Icon path={gear} />
        </button>
      </td>
    </tr>
  );
}
OrderLine.displayName = 'OrderLine';

function Dashboard() {
  const [, setSearch] = useState('');
  return (
    <main className="mx-auto flex max-w-7xl flex-col gap-6 px-6 py-8">
      <h1 className="text-xl font-bold text-slate-900">Orders of today</h1>
      <div
        className="cards grid grid-cols-4 gap-4"
        style={{ display: 'grid', gridTemplateColumns: '1fr 1fr 1fr 1fr' }}
      >
        {['Open', 'Late', 'Revenue', 'Returns'].map((label, i) => (
          <Card key={label} label={label} value={String(40 * (i + 1))} />
        ))}
      </div>
      <FilterBar onSearch={setSearch} />
      <table className="orders w-full table-auto border-collapse text-left" aria-label="Orders of today">
        <tbody className="divide-y divide-slate-100">
          {orders.map(order => (
            <OrderLine key={order.id} order={order} />
          ))}
        </tbody>
      </table>
    </main>
  );
}
Dashboard.displayName = 'Dashboard';

createRoot(document.getElementById('root') as HTMLElement).render(<Dashboard />);
