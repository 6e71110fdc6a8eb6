/* WebGL2: points as sprites, edges as thin quads. No data leaves the packed arrays: the
   vertex shader reads uint16 positions and looks the colour byte up in a 256-texel palette.
   Of very many points a picture is drawn (density.js), until few enough are in view. */

import { boxOf, CROWD, Density } from "./density.js";
import { Haze } from "./haze.js";
import { firstInBox, MOST_RINGS, mostRings } from "./rings.js";
import { EDGE_FRAGMENT, EDGE_VERTEX, POINT_FRAGMENT, POINT_VERTEX } from "./shaders.js";

const SHAPES = { disc: 0, ring: 1, diamond: 2, target: 3 };

/** Diameter of a point in CSS pixels: fewer points and a closer look make it larger. */
export function pointSize(count, zoom) {
  const crowd = Math.min(7, Math.max(1.6, 480 / Math.sqrt(count + 1)));
  return Math.min(14, crowd * Math.max(1, zoom) ** 0.35);
}

export class Painter {
  /** Throws a readable sentence where WebGL2 is missing. */
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
    if (!gl) throw new Error("no WebGL2");
    this.gl = gl;
    this.points = this.program(POINT_VERTEX, POINT_FRAGMENT);
    this.lines = this.program(EDGE_VERTEX, EDGE_FRAGMENT);
    this.buffers = {};
    this.groups = {}; // name -> how many row indices stand in that element buffer
    this.edgeCount = 0;
    this.focusFrom = 0;
    this.swelling = 1; // of the rings of neighbours (pulse.js)
    this.count = 0;
    this.pointArray = gl.createVertexArray();
    this.edgeArray = gl.createVertexArray();
    this.palette = gl.createTexture();
    this.haze = new Haze(this);
    this.density = null; // of very many points
  }

  program(vertex, fragment) {
    const gl = this.gl;
    const program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      gl.deleteShader(shader); // freed with the program
    }
    gl.linkProgram(program);
    // A lost context fails to link as well; that one comes back by itself.
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(gl.getProgramInfoLog(program) || "the shaders do not link");
    }
    const places = {};
    for (let i = 0; i < gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS); i += 1) {
      const { name } = gl.getActiveUniform(program, i);
      places[name] = gl.getUniformLocation(program, name);
    }
    return { program, places };
  }

  fill(name, target, array) {
    const gl = this.gl;
    this.buffers[name] ??= gl.createBuffer();
    gl.bindBuffer(target, this.buffers[name]);
    gl.bufferData(target, array, gl.STATIC_DRAW);
  }

  setPoints(x, y) {
    const gl = this.gl;
    gl.bindVertexArray(this.pointArray);
    [["x", x], ["y", y]].forEach(([name, array], place) => {
      this.fill(name, gl.ARRAY_BUFFER, array);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 1, gl.UNSIGNED_SHORT, true, 0, 0);
    });
    gl.bindVertexArray(null);
    this.count = x.length;
    this.places = { x, y };
    this.ringBox = null; // other rings may be in view
    this.density = this.count < CROWD ? null : new Density(x, y);
    if (this.density) this.setGroup("tiles", this.density.order);
    if (this.texels) this.density?.setPalette(this.texels);
    this.styleDensity();
  }

  setStyle(colour, flag) {
    const gl = this.gl;
    gl.bindVertexArray(this.pointArray);
    [["colour", colour], ["flag", flag]].forEach(([name, array], i) => {
      if (array === this.style?.[i]) return; // a filter changes flags alone
      this.fill(name, gl.ARRAY_BUFFER, array);
      gl.enableVertexAttribArray(2 + i);
      gl.vertexAttribIPointer(2 + i, 1, gl.UNSIGNED_BYTE, 0, 0);
    });
    gl.bindVertexArray(null);
    this.style = [colour, flag];
    this.styleDensity();
  }

  /** Points and style come in any order. */
  styleDensity() {
    if (this.style?.[0].length === this.count) this.density?.setStyle(...this.style);
  }

  /** The points that have a ring, those to be kept where there are too many first. */
  setRings(points) {
    this.rings = points;
    this.ringBox = null;
    this.setGroup("ring", points.subarray(0, MOST_RINGS));
  }

  /** The rings of the points in view, where not all are drawn. */
  thinRings(view) {
    if (!(this.rings?.length > MOST_RINGS)) return;
    const box = boxOf(view);
    if (this.ringBox?.every((value, i) => value === box[i])) return;
    this.ringBox = box;
    const dense = this.density !== null && this.density.look(view).share < 1;
    this.setGroup("ring", firstInBox(this.rings, this.places, box, mostRings(view.plot, dense)));
  }

  setGroup(name, indices) {
    this.gl.bindVertexArray(null);
    this.fill(`group ${name}`, this.gl.ELEMENT_ARRAY_BUFFER, indices);
    this.groups[name] = indices.length;
  }

  /** `ends` holds x0, y0, x1, y1 of each edge; those from `focusFrom` on are emphasised. */
  setEdges(ends, focusFrom) {
    const gl = this.gl;
    this.fill("edges", gl.ARRAY_BUFFER, ends);
    this.edgeCount = ends.length / 4;
    this.focusFrom = focusFrom;
  }

  /** 256 x 4 bytes; alpha below 255 fades every point of that colour. */
  setPalette(texels) {
    const gl = this.gl;
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    this.texels = texels;
    this.density?.setPalette(texels);
  }

  /** One frame; `ink` is the theme's text colour, each channel 0..1. */
  draw(view, density, ink) {
    const gl = this.gl;
    const [left, top, width, height] = view.plot.map((length) => Math.round(length * density));
    const bottom = gl.drawingBufferHeight - top - height;
    gl.clearColor(0, 0, 0, 0);
    gl.disable(gl.SCISSOR_TEST);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.viewport(left, bottom, width, height);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(left, bottom, width, height);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const clip = view.clip();
    const size = pointSize(this.count, view.zoom) * density;
    this.thinRings(view);
    this.discs(view, clip, size, ink, density);
    this.edges(clip, [width, height], density, ink);
    this.usePoints(clip, ink);
    // Many rings would hide what lies between them, so they grow less.
    const marked = this.groups.ring > 1000 ? Math.max(size * 1.25, 5 * density) : Math.max(size + 3 * density, 7 * density);
    this.sprites({ group: "ring", shape: "ring", size: marked });
    this.sprites({ group: "neighbour", shape: "ring", size: Math.max(marked * 1.5, 9 * density) * this.swelling });
    this.sprites({ group: "highlight", shape: "diamond", size: Math.max(marked * 1.9, 11 * density) });
    this.sprites({ group: "selected", shape: "target", size: Math.max(marked * 2.6, 18 * density) });
    gl.bindVertexArray(null);
  }

  /** The points themselves, or the picture of very many, or the one fading into the other. */
  discs(view, clip, size, ink, density) {
    const opacity = 0.85;
    if (!this.density?.colour || !this.texels) {
      this.usePoints(clip, ink);
      this.sprites({ shape: "disc", size, opacity });
      return;
    }
    const { parts, share, inView } = this.density.look(view);
    if (share < 1) {
      const picture = this.density.picture(view);
      if (picture) this.haze.load(picture);
      this.haze.draw(clip, 1 - share);
    }
    if (share === 0) return;
    this.usePoints(clip, ink);
    // Of a million points the few in view may be as large as if there were no others.
    this.sprites({ group: "tiles", shape: "disc", size: pointSize(inView, 1) * density, opacity: opacity * share, parts });
  }

  usePoints({ scale, shift }, ink) {
    const gl = this.gl;
    const { program, places } = this.points;
    gl.useProgram(program);
    gl.bindVertexArray(this.pointArray);
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    gl.uniform2fv(places.scale, scale);
    gl.uniform2fv(places.shift, shift);
    gl.uniform3fv(places.outline, ink);
  }

  /** All points, those of a group, or some `parts` [from, to) of it. */
  sprites({ group = null, shape, size, opacity = 1, parts = [[0, this.groups[group]]] }) {
    const gl = this.gl;
    const { places } = this.points;
    gl.uniform1f(places.size, size);
    gl.uniform1f(places.opacity, opacity);
    gl.uniform1i(places.shape, SHAPES[shape]);
    if (group === null) {
      gl.drawArrays(gl.POINTS, 0, this.count);
    } else if (this.groups[group]) {
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers[`group ${group}`]);
      for (const [from, to] of parts) gl.drawElements(gl.POINTS, to - from, gl.UNSIGNED_INT, 4 * from);
    }
  }

  edges({ scale, shift }, plot, density, ink) {
    if (!this.edgeCount) return;
    const gl = this.gl;
    const { program, places } = this.lines;
    gl.useProgram(program);
    gl.uniform2fv(places.scale, scale);
    gl.uniform2fv(places.shift, shift);
    gl.uniform2fv(places.plot, plot);
    gl.bindVertexArray(this.edgeArray);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.edges);
    const crowd = Math.min(0.5, Math.max(0.05, 6 / Math.sqrt(this.edgeCount + 1)));
    for (const [from, to, width, alpha] of [
      [0, this.focusFrom, 1, crowd],
      [this.focusFrom, this.edgeCount, 2.2, 0.95],
    ]) {
      if (to === from) continue;
      gl.enableVertexAttribArray(0);
      gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 0, from * 16);
      gl.vertexAttribDivisor(0, 1);
      gl.uniform1f(places.width, width * density);
      gl.uniform4f(places.ink, ...ink, alpha);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, to - from);
    }
  }

  free() {
    // Browsers allow some sixteen contexts a page; a forgotten one would cost another map.
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
