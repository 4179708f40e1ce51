#include <array>

#include "runner/pipeline/element.h"

namespace verge::runner::pipeline {

#define VERGE_ELEMENT(Name) ElementType Name##Element();
#include "runner/pipeline/elements.def"
#undef VERGE_ELEMENT

std::span<const ElementType* const> AllElements() {
#define VERGE_ELEMENT(Name) static const ElementType k##Name = Name##Element();
#include "runner/pipeline/elements.def"
#undef VERGE_ELEMENT
  static const ElementType* const kAll[] = {
#define VERGE_ELEMENT(Name) &k##Name,
#include "runner/pipeline/elements.def"
#undef VERGE_ELEMENT
  };
  return kAll;
}

}  // namespace verge::runner::pipeline
