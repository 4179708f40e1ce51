// One step of a fully connected layer over time, factored into rank-one filters (SVDF), as the TFLite format defines
// it. Each filter keeps its last m products with the input:
//
//   memory_f = memory_f shifted by one, then F_f x      y_u = activation(sum over the `rank` filters of u of
//                                                              T_f memory_f, plus bias_u)
//
// Attributes rank; activation; asymmetric_inputs: of the hybrid form
// Inputs    x [b, i]; F [f, i]; T [f, m]; bias [u], optional; memory [b, f m]; f = u rank
// Outputs   y [b, u]; memory [b, f m]
// Forms     float    all f32
//           hybrid   f32, F i8 (or u8 with the bits of i8) with one scale, T f32 or i8 likewise; see hybrid_product.h
//           integer  the arithmetic of TFLite, bit for bit: x, y, F i8, T and memory i16, bias i32, one scale each (F,
//           T
//                    and memory have zero point 0); activation none or relu
// Precision float: products in f64
#pragma once

#include "ops/cell_activation.h"
#include "ops/define_op.h"

namespace verge::ops {

enum SvdfInput : size_t { kSvdfX, kSvdfFeature, kSvdfTime, kSvdfBias, kSvdfMemory };

struct SvdfAttrs {
  int64_t rank = 1;
  int32_t activation = static_cast<int32_t>(CellActivation::kNone);
  bool asymmetric_inputs = false;
  void Visit(AttrVisitor& v) {
    v.Int("rank", rank, 1, int64_t{1} << 20);
    v.Enum("activation", activation, kCellActivationNames);
    v.Bool("asymmetric_inputs", asymmetric_inputs);
  }
};

Status InferSvdf(const InferArgs& args);
uint64_t MacsSvdf(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);

inline constexpr OpDef kSvdfOp = DefineOp<SvdfAttrs, InferSvdf, Arity{3, 5, 2, 2}>({
    .name = "svdf",
    .summary = "TFLite's layer of rank-one filters over time: float, hybrid or 8-bit",
    .macs = MacsSvdf,
});

}  // namespace verge::ops
