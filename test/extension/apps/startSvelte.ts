import { mount } from 'svelte';
import OrderForm from './OrderForm.svelte';

mount(OrderForm, { target: document.getElementById('root') as HTMLElement });
