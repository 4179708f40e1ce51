#include "import/tflite/operator_table.h"

#include <algorithm>
#include <map>
#include <utility>

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;
using Table = std::map<std::pair<BuiltinOperator, std::string>, Entry, std::less<>>;

const Table& AllEntries() {
  static const Table table = [] {
    Table built;
    for (size_t i = 0; i < AllMappings().size(); ++i) {
      for (const Mapping& mapping : *AllMappings()[i]) {
        Entry& entry = built[{mapping.code, ""}];
        entry.mapping = &mapping;
        entry.op = MappedOps()[i];
      }
    }
    for (const std::span<const Converter> rows : AllConverters()) {
      for (const Converter& row : rows) built[{row.code, row.custom == nullptr ? "" : row.custom}].converter = &row;
    }
    return built;
  }();
  return table;
}

}  // namespace

const Entry* FindEntry(BuiltinOperator builtin, std::string_view custom) {
  const auto found = AllEntries().find(std::pair(builtin, std::string(custom)));
  return found == AllEntries().end() ? nullptr : &found->second;
}

std::vector<std::string> KnownOperators() {
  std::vector<std::string> names;
  for (const auto& [key, entry] : AllEntries()) {
    names.push_back(schema::EnumNameBuiltinOperator(key.first) + (key.second.empty() ? "" : " " + key.second));
  }
  return names;
}

std::string Advice(BuiltinOperator builtin, std::string_view custom) {
  const auto number = static_cast<int32_t>(builtin);
  if (builtin == BuiltinOperator::CUSTOM) {
    if (custom.starts_with("Flex")) return "convert without SELECT_TF_OPS, so that no TensorFlow operator stays";
    return "replace it by builtin operators before the conversion, or cut the model before it";
  }
  switch (builtin) {
    case BuiltinOperator::RANDOM_STANDARD_NORMAL:
    case BuiltinOperator::RANDOM_UNIFORM:
    case BuiltinOperator::MULTINOMIAL:
    case BuiltinOperator::STABLEHLO_RNG_BIT_GENERATOR:
      return "make the random numbers an input of the model: runs must be repeatable";
    case BuiltinOperator::HASHTABLE:
    case BuiltinOperator::HASHTABLE_FIND:
    case BuiltinOperator::HASHTABLE_IMPORT:
    case BuiltinOperator::HASHTABLE_LOOKUP:
    case BuiltinOperator::HASHTABLE_SIZE:
    case BuiltinOperator::LSH_PROJECTION:
    case BuiltinOperator::SKIP_GRAM: return "look words up before the model, and give it numbers";
    case BuiltinOperator::DELEGATE: return "export the model from before a delegate was applied to it";
    default: break;
  }
  if (number >= static_cast<int32_t>(BuiltinOperator::STABLEHLO_LOGISTIC)) {
    return "convert the model to TFLite operators instead of StableHLO";
  }
  return "replace it by operators of the list before the conversion";
}

}  // namespace verge::tflite
