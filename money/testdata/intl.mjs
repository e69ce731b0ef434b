// Writes intl.json, what ICU (here that of Node.js) makes of amounts: the other
// side of TestAmountsAreWrittenAsICUWritesThem. Run it in this folder:
//
//	node intl.mjs > intl.json
//
// The decimals are given because ICU counts cash, not books: no sen of a rupiah.
const decimals = {CNY: 2, KRW: 0, USD: 2, EUR: 2, JPY: 0, HKD: 2, TWD: 2, SGD: 2, GBP: 2, AUD: 2, CAD: 2,
  THB: 2, VND: 0, MYR: 2, IDR: 2, PHP: 2, INR: 2, MOP: 2, NZD: 2, CHF: 2, KWD: 3};
const minors = ['0', '5', '-5', '99', '100', '1250', '-99900', '1234567', '-1234567890', '1000000000000'];

function decimal(minor, places) {
  const digits = minor.replace('-', '').padStart(places + 1, '0');
  return (minor.startsWith('-') ? '-' : '') + digits.slice(0, digits.length - places) + (places ? '.' + digits.slice(-places) : '');
}

const amounts = [];
for (const language of ['en', 'zh', 'ko']) {
  for (const [currency, places] of Object.entries(decimals)) {
    const format = new Intl.NumberFormat(language, {style: 'currency', currency, minimumFractionDigits: places, maximumFractionDigits: places});
    for (const minor of minors) amounts.push({language, currency, minor: Number(minor), text: format.format(decimal(minor, places))});
  }
}
console.log(`{"icu": "${process.versions.icu}", "cldr": "${process.versions.cldr}", "amounts": [\n${amounts.map(a => JSON.stringify(a)).join(',\n')}\n]}`);
