#include "tune/choices.h"

#include "ops/attr_text.h"

namespace verge::tune {
namespace {

constexpr std::string_view kHeader = "verge kernels 1";

std::string TypeText(const TensorType& type) {
  std::string text = DTypeName(type.dtype);
  text += '[';
  for (int i = 0; i < type.shape.rank(); ++i) text += (i == 0 ? "" : ",") + std::to_string(type.shape[i]);
  return text + ']';
}

// Takes the next line off `text`; false when there is none that ends.
bool TakeLine(std::string_view& text, std::string_view& line) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

bool TakeWord(std::string_view& line, std::string_view word) {
  if (!line.starts_with(word)) return false;
  line.remove_prefix(word.size());
  return true;
}

}  // namespace

std::string KeyOf(ops::OpId op, const ops::PrepareArgs& args) {
  const ops::OpDef& def = ops::GetOp(op);
  const std::string attrs = ops::PrintAttrs(def, args.attrs);
  std::string key = std::string(def.name) + " " + (attrs.empty() ? "{}" : attrs);
  for (const ops::InferInput& input : args.inputs) {
    key += ' ';
    key += input.is_present ? TypeText(input.type) + (input.constant != nullptr ? "*" : "") : "-";
  }
  key += " ->";
  for (const TensorType& output : args.outputs) key += " " + TypeText(output);
  return key + " threads " + std::to_string(args.threads);
}

Result<Choices> Choices::Parse(std::string_view text, std::string_view cpu) {
  Choices choices;
  std::string_view line;
  size_t number = 0;
  bool has_end = false;
  while (TakeLine(text, line)) {
    ++number;
    const auto bad = [&](const char* what) {
      return VERGE_ERROR(kDataLoss, "line " + std::to_string(number) + " " + what);
    };
    if (number == 1) {
      if (line != kHeader) return bad("is not \"verge kernels 1\"");
    } else if (number == 2) {
      if (!TakeWord(line, "cpu ")) return bad("names no cpu");
      if (line != cpu) return VERGE_ERROR(kFailedPrecondition, "it is for another CPU: " + std::string(line));
    } else if (has_end) {
      return bad("is behind the end");
    } else if (TakeWord(line, "end ")) {
      if (line != std::to_string(choices.size())) return bad("counts other choices than there are");
      has_end = true;
    } else {
      const size_t space = TakeWord(line, "choice ") ? line.find(' ') : std::string_view::npos;
      if (space == std::string_view::npos || space == 0) return bad("is no choice");
      choices.Set(std::string(line.substr(space + 1)), line.substr(0, space));
    }
  }
  if (!has_end || !text.empty()) return VERGE_ERROR(kDataLoss, "it is cut short after line " + std::to_string(number));
  return choices;
}

std::string Choices::Print(std::string_view cpu) const {
  std::string text = std::string(kHeader) + "\ncpu " + std::string(cpu) + "\n";
  for (const auto& [key, kernel] : kernels_) text += "choice " + kernel + " " + key + "\n";
  return text + "end " + std::to_string(kernels_.size()) + "\n";
}

const ops::Kernel* Choices::Choose(ops::OpId op, const ops::PrepareArgs& args) const {
  if (kernels_.empty()) return nullptr;
  const auto found = kernels_.find(KeyOf(op, args));
  if (found == kernels_.end()) return nullptr;
  for (const ops::Kernel* kernel : ops::KernelsFor(op)) {
    if (found->second == kernel->name) return kernel;
  }
  return nullptr;
}

}  // namespace verge::tune
