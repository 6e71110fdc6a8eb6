import { element } from "./dom.js";

/** Offer what a map shows as a PNG; nothing is sent anywhere. */
export function savePicture(map) {
  map.paint(); // WebGL keeps its picture only until the task ends
  const picture = element("canvas", { width: map.canvas.width, height: map.canvas.height });
  const pen = picture.getContext("2d");
  pen.fillStyle = map.look.background;
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.drawImage(map.canvas, 0, 0);
  pen.drawImage(map.signs, 0, 0);
  pen.drawImage(map.surface, 0, 0);
  picture.toBlob((blob) => {
    const link = URL.createObjectURL(blob);
    element("a", { href: link, download: `${map.config.filename}.png` }).click();
    URL.revokeObjectURL(link);
  });
}
