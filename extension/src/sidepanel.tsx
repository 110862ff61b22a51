import './noEval.ts';
import '@deckhand/shared/ui/style.css';
import './panel/panel.css';
import { App } from './panel/App.tsx';

export default App;
