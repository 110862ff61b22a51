// @ts-expect-error the types are of a React that has no such function any more
import { render } from 'react-dom';
import { App } from './orders.tsx';

render(<App />, document.getElementById('root'));
