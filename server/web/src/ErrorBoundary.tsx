import { Component, type ReactNode } from 'react';
import { Broken } from './pages/Messages.tsx';

/** What cannot be drawn, or a part of the page that a newer server no longer has, ends in words and a way on. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}
