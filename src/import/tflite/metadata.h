// What the authors of a model wrote about it: the metadata FlatBuffer inside the file, and the label lists in the ZIP
// archive that may follow it.
//
// Everything here is text for people. Foreign bytes are verified and cut to the limits; metadata that do not verify are
// left out, with a note in their place, since the model runs without them.
#pragma once

#include <span>

#include "import/tflite/import.h"
#include "import/tflite/tflite_generated.h"

namespace verge::tflite {

// Adds to graph.metadata: name, author, version, license, description, and for each input and output that has them its
// normalisation and labels (one a line).
Status ReadMetadata(const schema::Model& model, std::span<const std::byte> file, const ImportLimits& limits,
                    ir::Graph& graph);

}  // namespace verge::tflite
