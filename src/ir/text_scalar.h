// Elements of constants as text, for the text form.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/tensor.h"

namespace verge::ir {

// Appends element `i` of `data`: decimal; floats so that they read back to the same value.
void PrintElement(DType dtype, const std::byte* data, size_t i, std::string& out);

// Stores `text` as element `i`; false when it is not a number of the type.
bool ParseElement(DType dtype, std::string_view text, size_t i, std::byte* data);

// True when all of the elements are the same bytes (false for none).
bool IsFilled(const std::byte* data, size_t elems, size_t elem_bytes);

}  // namespace verge::ir
