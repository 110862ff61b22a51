const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const monthOf = (date: Date): string => months[date.getUTCMonth()] ?? '';
export const twoDigits = (n: number): string => String(n).padStart(2, '0');
