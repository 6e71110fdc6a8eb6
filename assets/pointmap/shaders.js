/* The programs of the graphics card for points and edges. */

export const POINT_VERTEX = `#version 300 es
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
export const POINT_FRAGMENT = `#version 300 es
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

export const EDGE_VERTEX = `#version 300 es
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

export const EDGE_FRAGMENT = `#version 300 es
precision highp float;
uniform vec4 ink;
out vec4 result;
void main() { result = vec4(ink.rgb * ink.a, ink.a); }`;
