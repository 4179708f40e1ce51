// How far an output is from the golden one.
#pragma once

#include "base/tensor.h"
#include "parity/list.h"

namespace verge::parity {

// Sums up over the outputs and steps of one model.
struct Difference {
  size_t values = 0;
  size_t off = 0;    // integers that are not equal, floats outside the tolerance
  size_t wrong = 0;  // further off than one step
  double worst = 0;  // integers: in steps; floats: as a share of the largest |wanted| value
  bool is_float = false;
  bool is_constant = true;  // all wanted values of all outputs are 0
  std::string mismatch;     // a type or shape that is not the wanted one

  double share_off() const { return values == 0 ? 0 : static_cast<double>(off) / static_cast<double>(values); }
};

void Compare(const Row& row, const Tensor& want, const Tensor& got, Difference& difference);

// Whether the row's bounds hold.
bool Passes(const Row& row, const Difference& difference);

}  // namespace verge::parity
