#include "backend/engine_session.h"

namespace verge::backend {

Result<size_t> FindInput(const EngineSession& session, std::string_view name) {
  std::string known;
  for (size_t i = 0; i < session.inputs().size(); ++i) {
    const Port& port = session.inputs()[i];
    if (port.name == name) return i;
    known +=
        (i == 0 ? "" : ", ") + port.name + " " + ToString(port.tensor.shape()) + " " + DTypeName(port.tensor.dtype());
  }
  return VERGE_ERROR(kNotFound, "the model has no input called \"" + std::string(name) + "\"; it has " +
                                    (known.empty() ? "none" : known));
}

}  // namespace verge::backend
