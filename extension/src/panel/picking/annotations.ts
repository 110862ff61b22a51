/** What was drawn on a picture, in the picture's own pixels. */
export type Tool = 'arrow' | 'box' | 'text' | 'blur';
export type Mark = {
  tool: Tool;
  x: number;
  y: number;
  toX: number;
  toY: number;
  /** Of a text. */
  text?: string;
};

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
const red = '#e03131';

export function drawMarks(
  context: Context,
  picture: CanvasImageSource,
  size: { width: number; height: number },
  marks: readonly Mark[],
): void {
  context.drawImage(picture, 0, 0, size.width, size.height);
  const unit = Math.max(2, Math.round(Math.max(size.width, size.height) / 300));
  // What hides comes first: an arrow may point at what is hidden.
  for (const mark of marks.toSorted((a, b) => Number(b.tool === 'blur') - Number(a.tool === 'blur'))) {
    context.lineWidth = unit;
    context.strokeStyle = context.fillStyle = red;
    const { x, y, toX, toY } = mark;
    if (mark.tool === 'box')
      context.strokeRect(Math.min(x, toX), Math.min(y, toY), Math.abs(toX - x), Math.abs(toY - y));
    else if (mark.tool === 'blur') hide(context, mark);
    else if (mark.tool === 'arrow') arrow(context, mark, unit);
    else write(context, mark, unit);
  }
}

/** Squares of one colour each, too few to be read back. */
function hide(context: Context, { x, y, toX, toY }: Mark): void {
  const [left, top] = [Math.floor(Math.min(x, toX)), Math.floor(Math.min(y, toY))];
  const [width, height] = [Math.ceil(Math.abs(toX - x)), Math.ceil(Math.abs(toY - y))];
  if (width < 1 || height < 1) return;
  const [columns, rows] = [
    Math.max(1, Math.min(3, Math.round(width / 30))),
    Math.max(1, Math.min(2, Math.round(height / 30))),
  ];
  const small = new OffscreenCanvas(columns, rows);
  const averaged = small.getContext('2d');
  if (averaged) {
    // Otherwise single letters' colours could be picked out.
    averaged.imageSmoothingQuality = 'high';
    averaged.drawImage(context.canvas, left, top, width, height, 0, 0, columns, rows);
  }
  const smooth = context.imageSmoothingEnabled;
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, columns, rows, left, top, width, height);
  context.imageSmoothingEnabled = smooth;
}

function arrow(context: Context, { x, y, toX, toY }: Mark, unit: number): void {
  const angle = Math.atan2(toY - y, toX - x);
  const head = unit * 5;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  for (const side of [0.5, -0.5]) {
    context.moveTo(toX, toY);
    context.lineTo(toX - head * Math.cos(angle - side), toY - head * Math.sin(angle - side));
  }
  context.stroke();
}

function write(context: Context, { x, y, text = '' }: Mark, unit: number): void {
  context.font = `bold ${unit * 6}px system-ui, sans-serif`;
  context.textBaseline = 'top';
  context.lineWidth = unit * 1.5;
  context.strokeStyle = '#fff';
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}
