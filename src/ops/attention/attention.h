// Scaled dot-product attention: each query takes the mean of the values, weighted by how well its key fits.
//
//   s[..., i, j] = scale * sum_d q[..., i, d] k[..., j, d] + mask[..., i, j]
//   p[..., i, j] = exp(s[..., i, j] - m_i) / sum_j exp(s[..., i, j] - m_i),  m_i = max_j s[..., i, j]
//   y[..., i, e] = sum_j p[..., i, j] v[..., j, e]
//
// The leading dimensions (batch, heads) of q, k and v broadcast by the rules of numpy, so that one head of k and v may
// serve several of q.
// Source    Vaswani et al.: Attention Is All You Need, 2017 (arXiv:1706.03762), equation 1
// Attributes scale; transposed_k: k is [..., d, keys]
// Inputs    q f32 [..., queries, d], k f32 [..., keys, d], v f32 [..., keys, e], keys > 0; mask f32, optional,
// broadcasts
//           to [..., queries, keys]; -infinity hides a key. A query that sees no key gives NaN.
// Output    y f32 [..., queries, e]
// Precision the reference computes in f64 and rounds once
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct AttentionAttrs {
  float scale = 1.0f;
  bool transposed_k = false;
  void Visit(AttrVisitor& v) {
    v.Float("scale", scale);
    v.Bool("transposed_k", transposed_k);
  }
};

Status InferAttention(const InferArgs& args);
uint64_t MacsAttention(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);

inline constexpr OpDef kAttentionOp = DefineOp<AttentionAttrs, InferAttention, Arity{3, 4}>({
    .name = "attention",
    .summary = "Values weighted by how well their keys fit each query",
    .macs = MacsAttention,
});

// Sizes of one head, and where each head of each operand begins.
struct AttentionShape {
  Shape heads;  // leading dimensions of y
  int64_t queries = 0, keys = 0, depth = 0, width = 0;
  Shape scores;  // heads, queries, keys
};
AttentionShape AttentionShapeOf(const AttentionAttrs& attrs, const Shape& q, const Shape& k, const Shape& v,
                                const Shape& y);

}  // namespace verge::ops
