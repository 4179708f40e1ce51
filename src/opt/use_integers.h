// Makes what stands between dequantize and quantize run in integers, for models that carry their quantisation as pairs
// of nodes (QDQ):
//
//   quantize(f(dequantize(x), dequantize(y)...))  -> f(x, y...) with the quantisation of the result
//   quantize(layer(dequantize(x), w, b))          -> layer(x, w', b') where w = s w' for 8-bit integers w'
//
// The integers that constant weights stand for are found in the weights themselves: for each output channel the finest
// step, of at most 127 to its largest number, of which all are multiples. Weights that no such step fits stay real.
//
// Exactness unlike the passes of passes.def this one changes results, by rounding in integers where the file rounds
//           real numbers: usually by no or one step of the quantisation. RunPasses does it only when it is told to
//           (PassOptions::integers), after all others.
#pragma once

#include "opt/pass.h"

namespace verge::opt {

Result<PassReport> UseIntegers(ir::Graph& graph);

}  // namespace verge::opt
