import './noEval.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { takeLinks } from './router.ts';
import './css/page.css';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');
takeLinks();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
