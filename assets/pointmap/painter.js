/* WebGL2: points as sprites, edges as thin quads. No data leaves the packed arrays: the
   vertex shader reads uint16 positions and looks the colour byte up in a 256-texel palette. */

const POINT_VERTEX = `#version 300 es
layout(location = 0) in float x;
layout(location = 1) in float y;
layout(location = 2) in uint colour;
layout(location = 3) in uint flag;
uniform vec2 scale, shift;
uniform float size;
uniform sampler2D palette;
out vec4 ink;
flat out uint form;
void main() {
  ink = texelFetch(palette, ivec2(int(colour), 0), 0);
  form = flag >> 2;
  if ((flag & 1u) != 0u) ink.a *= 0.15;
  gl_Position = vec4(vec2(x, y) * scale + shift, 0.0, 1.0);
  gl_PointSize = form == 0u ? size : size * 1.2; // a triangle in a disc's box looks smaller
}`;

// Shapes: 0 disc, 1 disc in a ring, 2 disc in a diamond, 3 target. Not by colour alone: a point
// of form 1 is a square and of form 2 a triangle, as its flag says, and so is the ring round it.
const POINT_FRAGMENT = `#version 300 es
precision highp float;
uniform float size, opacity;
uniform int shape;
uniform vec3 outline;
in vec4 ink;
flat in uint form;
out vec4 result;
float reach(vec2 from) {
  if (shape == 2) return abs(from.x) + abs(from.y);
  if (shape == 3 || form == 0u) return length(from);
  if (form == 1u) return max(abs(from.x), abs(from.y)) * 1.12;
  float y = from.y - 0.115 * size; // its middle, so that the triangle fills the sprite
  return max(y * 2.0, abs(from.x) * 1.732 - y) / 1.23;
}
void main() {
  vec2 from = (gl_PointCoord - 0.5) * size;
  float radius = size * 0.5;
  float far = reach(from);
  float within = clamp(radius - far, 0.0, 1.0);
  float line = clamp(size * 0.11, 1.0, 3.0);
  float edge = shape == 0 ? 0.0 : clamp(far - radius + line + 0.5, 0.0, 1.0);
  float gap = shape == 3 ? clamp(far - radius * 0.45, 0.0, 1.0) * (1.0 - edge) : 0.0;
  float alpha = within * mix(ink.a * opacity * (1.0 - gap), max(ink.a, 0.25), edge);
  vec3 tone = mix(ink.rgb, outline, edge);
  result = vec4(tone * alpha, alpha);
}`;

const EDGE_VERTEX = `#version 300 es
layout(location = 0) in vec4 ends;
uniform vec2 scale, shift, plot;
uniform float width;
void main() {
  vec2 a = ends.xy * scale + shift;
  vec2 b = ends.zw * scale + shift;
  vec2 along = (b - a) * plot;
  vec2 normal = length(along) > 0.0 ? normalize(vec2(-along.y, along.x)) : vec2(0.0);
  vec2 base = (gl_VertexID & 1) == 0 ? a : b;
  float side = gl_VertexID < 2 ? -1.0 : 1.0;
  gl_Position = vec4(base + normal * side * width / plot, 0.0, 1.0);
}`;

const EDGE_FRAGMENT = `#version 300 es
precision highp float;
uniform vec4 ink;
out vec4 result;
void main() { result = vec4(ink.rgb * ink.a, ink.a); }`;

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
    this.count = 0;
    this.pointArray = gl.createVertexArray();
    this.edgeArray = gl.createVertexArray();
    this.palette = gl.createTexture();
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
  }

  setStyle(colour, flag) {
    const gl = this.gl;
    gl.bindVertexArray(this.pointArray);
    [["colour", colour], ["flag", flag]].forEach(([name, array], i) => {
      this.fill(name, gl.ARRAY_BUFFER, array);
      gl.enableVertexAttribArray(2 + i);
      gl.vertexAttribIPointer(2 + i, 1, gl.UNSIGNED_BYTE, 0, 0);
    });
    gl.bindVertexArray(null);
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
    this.usePoints(clip, ink);
    this.sprites({ shape: "disc", size, opacity: this.count > 200_000 ? 0.55 : 0.85 });
    this.edges(clip, [width, height], density, ink);
    this.usePoints(clip, ink);
    // Many rings would hide what lies between them, so they grow less.
    const marked = this.groups.ring > 1000 ? Math.max(size * 1.25, 5 * density) : Math.max(size + 3 * density, 7 * density);
    this.sprites({ group: "ring", shape: "ring", size: marked });
    this.sprites({ group: "neighbour", shape: "ring", size: Math.max(marked * 1.5, 9 * density) });
    this.sprites({ group: "highlight", shape: "diamond", size: Math.max(marked * 1.9, 11 * density) });
    this.sprites({ group: "selected", shape: "target", size: Math.max(marked * 2.6, 18 * density) });
    gl.bindVertexArray(null);
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

  sprites({ group = null, shape, size, opacity = 1 }) {
    const gl = this.gl;
    const { places } = this.points;
    gl.uniform1f(places.size, size);
    gl.uniform1f(places.opacity, opacity);
    gl.uniform1i(places.shape, SHAPES[shape]);
    if (group === null) {
      gl.drawArrays(gl.POINTS, 0, this.count);
    } else if (this.groups[group]) {
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers[`group ${group}`]);
      gl.drawElements(gl.POINTS, this.groups[group], gl.UNSIGNED_INT, 0);
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
