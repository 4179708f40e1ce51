// Equalisation: scales the channels between two layers so that one scale for all of them costs least.
//
// Between layers 1 and 2 only functions with f(s x) = s f(x) for s > 0 act on a channel by itself (relu, pools, borders
// of zeros). Then for s_i > 0 the network computes the same with
//
//   W1'[i, :] = W1[i, :] / s_i    b1'[i] = b1[i] / s_i    W2'[:, i] = W2[:, i] s_i    x'_i = x_i / s_i
//
// With m_i the largest |x_i| that samples show and w_i the largest |weight| that reads channel i, s_i = m_i^a / w_i^b,
// of a and b in {0, 1/4, 1/2, 3/4, 1} those that make the expected error of the second layer's outputs least:
//
//   sum_o (step^2 sum_i W2'[o, i]^2 + step_o^2 sum_i E[x'_i^2]) / (signal_o + 0.01 mean signal)
//   step = range of all x' / 255    step_o = max_i |W2'[o, i]| / 127    signal_o = sum_i W2[o, i]^2 E[x_i^2]
//
// A depthwise layer 2 has one input channel an output, so that its scales take up any s and the activations gain all.
// relu6 is kept: channels that reach 6 are left alone, and no other one is made to reach it on the samples.
//
// Skipped: values that others read, weights or biases that several nodes share, other activations; pairs that would
// gain less than 2 %.
// Sources: the rewriting is that of Nagel et al. 2019, arXiv:1906.04721, section 4.1, who even out weights for the sake
// of one scale a tensor; factors from both sides as in Xiao et al. 2022, arXiv:2211.10438.
#pragma once

#include "quant/quantize.h"

namespace verge::quant {

struct EqualiseOptions {
  double activation_steps = 255;  // of the integers that activations become
  double weight_limit = 127;      // the largest weight
  size_t most_samples = 64;
  ProgressSeen progress = nullptr;
};

// Changes weights, and biases, of `graph`; ids and nodes stay as they are. Gives how many pairs of layers were changed.
// Errors: those of running the graph.
Result<size_t> Equalise(ir::Graph& graph, Activations& activations, const EqualiseOptions& options);

}  // namespace verge::quant
