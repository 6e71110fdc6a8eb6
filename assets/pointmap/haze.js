/* The picture of very many points (density.js) as a texture under the points. */

const HAZE_VERTEX = `#version 300 es
uniform vec4 box;
uniform vec2 scale, shift;
out vec2 at;
void main() {
  at = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(mix(box.xy, box.zw, at) * scale + shift, 0.0, 1.0);
}`;

const HAZE_FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D picture;
uniform float opacity;
in vec2 at;
out vec4 result;
void main() { result = texture(picture, at) * opacity; }`;

export class Haze {
  /** `painter` has the context and links programs. */
  constructor(painter) {
    this.gl = painter.gl;
    this.quad = painter.program(HAZE_VERTEX, HAZE_FRAGMENT);
    this.texture = this.gl.createTexture();
    this.box = null;
  }

  /** Take over a new picture: colours times alpha, row by row from below. */
  load({ bytes, box, cells }) {
    const gl = this.gl;
    this.box = box;
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, cells, cells, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    for (const way of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, way, gl.LINEAR);
  }

  draw({ scale, shift }, opacity) {
    if (!this.box) return;
    const gl = this.gl;
    const { program, places } = this.quad;
    gl.useProgram(program);
    gl.bindVertexArray(null);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.uniform4fv(places.box, this.box);
    gl.uniform2fv(places.scale, scale);
    gl.uniform2fv(places.shift, shift);
    gl.uniform1f(places.opacity, opacity);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}
