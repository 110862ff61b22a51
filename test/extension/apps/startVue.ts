import { createApp, defineComponent, h } from 'vue';

const SaveButton = defineComponent({
  name: 'SaveButton',
  props: { label: { type: String, required: true } },
  setup: props => () => h('button', { type: 'button', class: 'primary' }, props.label),
});
const OrderForm = defineComponent({
  name: 'OrderForm',
  setup: () => () => h('form', [h('h1', 'Orders'), h(SaveButton, { label: 'Save order' })]),
});

createApp(OrderForm).mount('#root');
