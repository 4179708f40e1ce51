// Bias correction: quantisation shifts the mean of what a layer computes, before its activation, by
//
//   shift[o] = sum_f w'[o, f] E[x'_f] + b'[o] - sum_f w[o, f] E[x_f] - b[o]
//
// where w', b', x' are the weights, bias and input of the integer layer and E is the mean over samples and output
// positions. The bias takes the shift off. Layers are corrected in order, each with the inputs that the layers
// corrected before it make, so that errors that build up along the network are seen and taken off too. That the means
// of patches of the input are enough, and activations needn't be undone, is because a layer is linear.
//
// Costs     one run of the float graph, and for each layer a run of the integer graph up to it, over the first 64
//           samples at most, 8 of networks with 128 layers and more
// Source    the empirical form of Nagel et al. 2019, arXiv:1906.04721, section 4.2 and appendix D
#pragma once

#include <vector>

#include "quant/layers.h"

namespace verge::quant {

// Changes the biases in `codes`; layers need one (MakeLayerCodes' wants_bias). Gives, for each node of `graph`, the
// largest |shift| that was taken off.
Result<std::vector<float>> CorrectBiases(const ir::Graph& graph, const std::vector<NodePlan>& plans,
                                         const Scales& scales, Activations& activations, const ProgressSeen& progress,
                                         std::vector<LayerCode>& codes);

}  // namespace verge::quant
