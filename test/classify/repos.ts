/** A company's repositories, as its repos.json names them. */
export const companyRepos = [
  {
    id: 'shop',
    description: 'Web shop: checkout, cart, product catalogue, customer accounts',
    aliases: ['checkout', 'storefront'],
    channels: ['checkout-bugs'],
    pages: ['shop.acme.example'],
  },
  {
    id: 'shop-mobile',
    description: 'iOS and Android app of the web shop, React Native',
    aliases: ['mobile app', 'ios app', 'android app'],
    channels: ['mobile'],
    pages: [],
  },
  {
    id: 'billing',
    description: 'Invoices, payments, refunds, VAT and dunning',
    aliases: ['invoicing'],
    channels: ['team-billing'],
    pages: ['billing.acme.example'],
  },
  {
    id: 'warehouse',
    description: 'Stock levels, picking lists, barcode scanners, shipping labels',
    aliases: ['logistics'],
    channels: [],
    pages: ['wms.acme.example'],
  },
  {
    id: 'data-pipeline',
    description: 'Nightly ETL jobs, Airflow DAGs, the analytics warehouse tables in BigQuery',
    aliases: ['etl'],
    channels: ['data'],
    pages: [],
  },
  {
    id: 'design-system',
    description: 'Shared React components, buttons, icons, colour tokens, Storybook',
    aliases: ['ui kit', 'component library'],
    channels: [],
    pages: ['storybook.acme.example'],
  },
  {
    id: 'auth-gateway',
    description: 'Login, sessions, SSO, password reset, rate limiting at the edge',
    aliases: ['login service', 'gateway'],
    channels: [],
    pages: ['login.acme.example'],
  },
  {
    id: 'infra',
    description: 'Terraform, Kubernetes manifests, Helm charts, monitoring and alerts',
    aliases: ['terraform', 'platform'],
    channels: ['ops'],
    pages: ['grafana.acme.example'],
  },
  {
    id: 'docs-site',
    description: 'Public documentation and API reference, Docusaurus',
    aliases: ['docs', 'handbook'],
    channels: [],
    pages: ['docs.acme.example'],
  },
  {
    id: 'payroll',
    description: 'Salaries, payslips and tax exports',
    aliases: [],
    channels: ['hr-systems'],
    pages: [],
  },
] as const;

/** What the people of the evaluation may use: payroll is not theirs. */
export const usable = companyRepos.map(({ id }) => id).filter(id => id !== 'payroll');
