// Dynamic-range form of layers: i8 weights, f32 activations that each run quantises as they enter the layer. Needs no
// samples. What the operators do with it: ops/quant_layer.h, ops/hybrid_product.h.
#pragma once

#include "quant/forms.h"

namespace verge::quant {

// The code of matrix `input` of a node.
WeightCode DynamicCode(const ir::Graph& graph, const ir::Node& node, const DynamicRule& rule, size_t input);
bool IsMatrix(const ir::Node& node, const DynamicRule& rule, size_t input);

// Replaces the matrices of `node`, a copy of a node of `graph`, and asks for asymmetric activations, which hold what
// comes out of a rectifier in all their steps.
void MakeDynamic(const ir::Graph& graph, const DynamicRule& rule, Forms& forms, ir::Node& node);

}  // namespace verge::quant
