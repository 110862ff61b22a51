import { createRoot } from 'react-dom/client';
import { App } from './orders.tsx';

createRoot(document.getElementById('root') as HTMLElement).render(<App />);
