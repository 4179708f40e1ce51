// Adds the chosen execution provider to the options of a session. Internal to the backend.
#pragma once

#include "backend/choice.h"
#include "backend/onnxruntime/library.h"

namespace verge::backend {

// kUnsupported when the library was built without the provider: lists those it has.
Status AppendProvider(const OrtLibrary& library, const Choice& choice, OrtSessionOptions* options);

}  // namespace verge::backend
