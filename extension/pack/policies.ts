import { type Setting, settings } from './managed.ts';

export type PolicyFile = { path: string; text: string };
type Installed = { id: string; publicUrl: string };

/** What each file says, once: install the extension from the server, pinned, and set it up. */
function policiesOf({ id, publicUrl }: Installed) {
  const rest = settings
    .filter(({ name }) => name !== 'serverUrl')
    .map(({ name, initial }) => [name, initial]);
  return {
    extension: {
      installation_mode: 'force_installed',
      update_url: `${publicUrl}/extension/updates.xml`,
      override_update_url: true,
      toolbar_pin: 'force_pinned',
    },
    values: { serverUrl: publicUrl, ...Object.fromEntries(rest) } as Record<string, unknown>,
    id,
  };
}

/** Files for each kind of machine that install the extension and set it up; all say the same. */
export function policyFiles(installed: Installed): PolicyFile[] {
  return [
    { path: 'linux-deckhand.json', text: linuxJson(installed) },
    { path: 'macos-deckhand.mobileconfig', text: mobileconfig(installed) },
    { path: 'windows-deckhand.reg', text: registry(installed) },
    { path: 'windows-deckhand.admx', text: admx(installed) },
    { path: 'windows-deckhand.adml', text: adml() },
  ];
}

/** For /etc/opt/chrome/policies/managed or /etc/chromium/policies/managed. */
function linuxJson(installed: Installed): string {
  const { id, extension, values } = policiesOf(installed);
  const policy = {
    ExtensionSettings: { [id]: extension },
    '3rdparty': { extensions: { [id]: values } },
  };
  return `${JSON.stringify(policy, null, 2)}\n`;
}

const xmlEscaped = (text: string) => text.replaceAll(/[&<>"]/g, letter => `&#${letter.charCodeAt(0)};`);

function plistOf(value: unknown, indent: string): string {
  const deeper = `${indent}  `;
  if (typeof value === 'boolean') return `${indent}<${value}/>`;
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>`;
  if (typeof value === 'string') return `${indent}<string>${xmlEscaped(value)}</string>`;
  if (Array.isArray(value))
    return [`${indent}<array>`, ...value.map(item => plistOf(item, deeper)), `${indent}</array>`].join('\n');
  const pairs = Object.entries(value as object).flatMap(([name, held]) => [
    `${deeper}<key>${xmlEscaped(name)}</key>`,
    plistOf(held, deeper),
  ]);
  return [`${indent}<dict>`, ...pairs, `${indent}</dict>`].join('\n');
}

/** Of a name, the same each time: a profile that is installed again replaces itself. */
function uuidOf(id: string, salt: number): string {
  const digits = [...id]
    .map((letter, i) => ((letter.charCodeAt(0) - 97 + salt * (i + 1)) & 15).toString(16))
    .join('');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`.toUpperCase();
}

function mobileconfig(installed: Installed): string {
  const { id, extension, values } = policiesOf(installed);
  const payload = (type: string, salt: number, name: string) => ({
    PayloadType: type,
    PayloadIdentifier: `dev.deckhand.${id}.${salt}`,
    PayloadUUID: uuidOf(id, salt),
    PayloadVersion: 1,
    PayloadDisplayName: name,
  });
  const profile = {
    ...payload('Configuration', 1, 'Deckhand sidebar'),
    PayloadScope: 'System',
    PayloadContent: [
      {
        ...payload('com.google.Chrome', 2, 'Chrome installs Deckhand'),
        ExtensionSettings: { [id]: extension },
      },
      { ...payload(`com.google.Chrome.extensions.${id}`, 3, 'How Deckhand is set up'), ...values },
    ],
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    plistOf(profile, ''),
    '</plist>',
    '',
  ].join('\n');
}

const chromeKey = 'SOFTWARE\\Policies\\Google\\Chrome';
const settingsKey = (id: string) => `${chromeKey}\\3rdparty\\extensions\\${id}\\policy`;

function registry(installed: Installed): string {
  const { id, extension, values } = policiesOf(installed);
  const text = (value: string) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const lines = ['Windows Registry Editor Version 5.00', ''];
  // Each extension's settings are one value, so that those of other extensions stay.
  lines.push(`[HKEY_LOCAL_MACHINE\\${chromeKey}\\ExtensionSettings\\${id}]`);
  for (const [name, value] of Object.entries(extension))
    lines.push(
      `"${name}"=${typeof value === 'boolean' ? `dword:${value ? '00000001' : '00000000'}` : text(value)}`,
    );
  lines.push('', `[HKEY_LOCAL_MACHINE\\${settingsKey(id)}]`);
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'boolean') lines.push(`"${name}"=dword:0000000${value ? 1 : 0}`);
    else if (typeof value === 'number') lines.push(`"${name}"=dword:${value.toString(16).padStart(8, '0')}`);
    else if (typeof value === 'string') lines.push(`"${name}"=${text(value)}`);
  }
  for (const [name, value] of Object.entries(values)) {
    if (!Array.isArray(value)) continue;
    lines.push('', `[HKEY_LOCAL_MACHINE\\${settingsKey(id)}\\${name}]`);
    for (const [i, item] of value.entries()) lines.push(`"${i + 1}"=${text(String(item))}`);
  }
  return `${lines.join('\r\n')}\r\n`;
}

function admxElement(setting: Setting, id: string): string {
  const { name } = setting;
  switch (setting.type) {
    case 'boolean':
      return '';
    case 'list':
      return `<elements><list id="${name}" key="${xmlEscaped(settingsKey(id))}\\${name}" valuePrefix=""/></elements>`;
    case 'integer':
      return `<elements><decimal id="${name}" valueName="${name}" minValue="${setting.minimum}" maxValue="${setting.maximum}"/></elements>`;
    case 'string':
      return `<elements><text id="${name}" valueName="${name}"/></elements>`;
  }
}

/** Group policy template of the extension's own settings. */
function admx({ id }: Installed): string {
  const key = xmlEscaped(settingsKey(id));
  const policies = settings.map(setting => {
    const { name, type } = setting;
    const presentation = type === 'boolean' ? '' : ` presentation="$(presentation.${name})"`;
    const switched = type === 'boolean' ? ` valueName="${name}"` : '';
    const values =
      type === 'boolean'
        ? '<enabledValue><decimal value="1"/></enabledValue><disabledValue><decimal value="0"/></disabledValue>'
        : '';
    return `    <policy name="${name}" class="Both" displayName="$(string.${name})" explainText="$(string.${name}_explain)"${presentation} key="${key}"${switched}><parentCategory ref="deckhand"/><supportedOn ref="chrome"/>${values}${admxElement(setting, id)}</policy>`;
  });
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<policyDefinitions revision="1.0" schemaVersion="1.0" xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions">',
    '  <policyNamespaces><target prefix="deckhand" namespace="Deckhand.Policies.Sidebar"/></policyNamespaces>',
    '  <resources minRequiredRevision="1.0"/>',
    '  <supportedOn><definitions><definition name="chrome" displayName="$(string.chrome)"/></definitions></supportedOn>',
    '  <categories><category name="deckhand" displayName="$(string.deckhand)"/></categories>',
    '  <policies>',
    ...policies,
    '  </policies>',
    '</policyDefinitions>',
    '',
  ].join('\r\n');
}

function adml(): string {
  const strings = settings.flatMap(({ name, title, description }) => [
    `      <string id="${name}">${xmlEscaped(title)}</string>`,
    `      <string id="${name}_explain">${xmlEscaped(description)}</string>`,
  ]);
  const presentations = settings.flatMap(({ name, title, type }) => {
    if (type === 'boolean') return [];
    const label = xmlEscaped(title);
    const inner = {
      list: `<listBox refId="${name}">${label}</listBox>`,
      integer: `<decimalTextBox refId="${name}">${label}</decimalTextBox>`,
      string: `<textBox refId="${name}"><label>${label}</label></textBox>`,
    }[type];
    return [`      <presentation id="${name}">${inner}</presentation>`];
  });
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<policyDefinitionResources revision="1.0" schemaVersion="1.0" xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions">',
    '  <displayName>Deckhand sidebar</displayName>',
    '  <description>Settings of the Deckhand sidebar</description>',
    '  <resources>',
    '    <stringTable>',
    '      <string id="deckhand">Deckhand sidebar</string>',
    '      <string id="chrome">Chrome with the Deckhand sidebar</string>',
    ...strings,
    '    </stringTable>',
    '    <presentationTable>',
    ...presentations,
    '    </presentationTable>',
    '  </resources>',
    '</policyDefinitionResources>',
    '',
  ].join('\r\n');
}
