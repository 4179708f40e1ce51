#include "format/model/attrs.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace verge::format {
namespace {

using ops::AttrVisitor;
using ops::IntList;

// A field's value, whatever its kind.
struct Field {
  const char* name = nullptr;
  vg::AttrKind kind = vg::AttrKind_Int;
  int64_t int_value = 0;
  float float_value = 0;
  std::string text;
  std::vector<int64_t> ints;

  bool operator==(const Field& other) const {
    return kind == other.kind && int_value == other.int_value && text == other.text && ints == other.ints &&
           std::memcmp(&float_value, &other.float_value, sizeof(float)) == 0;
  }
};

class Collector final : public AttrVisitor {
 public:
  void Int(const char* name, int64_t& value, int64_t, int64_t) override {
    Add(name, vg::AttrKind_Int).int_value = value;
  }
  void Float(const char* name, float& value) override { Add(name, vg::AttrKind_Float).float_value = value; }
  void Bool(const char* name, bool& value) override { Add(name, vg::AttrKind_Bool).int_value = value ? 1 : 0; }
  void Enum(const char* name, int32_t& value, std::span<const char* const> names) override {
    if (value < 0 || static_cast<size_t>(value) >= names.size()) {
      status = VERGE_ERROR(kInvalidArgument,
                           std::string("attribute ") + name + " has no enumerator " + std::to_string(value));
      return;
    }
    Add(name, vg::AttrKind_Enum).text = names[static_cast<size_t>(value)];
  }
  void Ints(const char* name, IntList& value) override {
    if (value.size < 0 || value.size > IntList::kCapacity) {
      status = VERGE_ERROR(kInvalidArgument, std::string("attribute ") + name + " is a list of " +
                                                 std::to_string(value.size) + " numbers");
      return;
    }
    Add(name, vg::AttrKind_Ints).ints.assign(value.values.begin(), value.values.begin() + value.size);
  }

  std::vector<Field> fields;
  Status status;

 private:
  Field& Add(const char* name, vg::AttrKind kind) {
    fields.push_back({.name = name, .kind = kind, .text = {}, .ints = {}});
    return fields.back();
  }
};

Result<std::vector<Field>> Collect(const ops::OpDef& op, ops::OpAttrs attrs) {
  Collector collector;
  op.visit_attrs(attrs, collector);
  VERGE_TRY(std::move(collector.status));
  return std::move(collector.fields);
}

using Stored = flatbuffers::Vector<flatbuffers::Offset<vg::Attr>>;

class Reader final : public AttrVisitor {
 public:
  explicit Reader(const Stored& stored) : stored_(stored), is_used_(stored.size(), false) {}

  void Int(const char* name, int64_t& value, int64_t min, int64_t max) override {
    const vg::Attr* attr = Take(name, vg::AttrKind_Int);
    if (attr == nullptr) return;
    if (attr->int_value() < min || attr->int_value() > max) {
      return Fail(
          StatusCode::kDataLoss, name,
          "is " + std::to_string(attr->int_value()) + ", outside " + std::to_string(min) + ".." + std::to_string(max));
    }
    value = attr->int_value();
  }
  void Float(const char* name, float& value) override {
    const vg::Attr* attr = Take(name, vg::AttrKind_Float);
    if (attr == nullptr) return;
    if (!std::isfinite(attr->float_value())) return Fail(StatusCode::kDataLoss, name, "is not a finite number");
    value = attr->float_value();
  }
  void Bool(const char* name, bool& value) override {
    const vg::Attr* attr = Take(name, vg::AttrKind_Bool);
    if (attr == nullptr) return;
    if (attr->int_value() != 0 && attr->int_value() != 1)
      return Fail(StatusCode::kDataLoss, name, "is neither 0 nor 1");
    value = attr->int_value() == 1;
  }
  void Enum(const char* name, int32_t& value, std::span<const char* const> names) override {
    const vg::Attr* attr = Take(name, vg::AttrKind_Enum);
    if (attr == nullptr) return;
    const std::string_view text = attr->text() != nullptr ? attr->text()->string_view() : std::string_view();
    for (size_t i = 0; i < names.size(); ++i) {
      if (text != names[i]) continue;
      value = static_cast<int32_t>(i);
      return;
    }
    Fail(StatusCode::kUnsupported, name, "has a value that this build does not know");
  }
  void Ints(const char* name, IntList& value) override {
    const vg::Attr* attr = Take(name, vg::AttrKind_Ints);
    if (attr == nullptr) return;
    const auto* const ints = attr->ints();
    const size_t size = ints != nullptr ? ints->size() : 0;
    if (size > IntList::kCapacity) {
      return Fail(StatusCode::kDataLoss, name, "is a list of " + std::to_string(size) + " numbers; at most 16 fit");
    }
    if (size > 0 && reinterpret_cast<uintptr_t>(ints->data()) % alignof(int64_t) != 0) {
      return Fail(StatusCode::kDataLoss, name, "is a list that is not aligned to 8 bytes");
    }
    value = IntList{};
    value.size = static_cast<int32_t>(size);
    for (size_t i = 0; i < size; ++i) value.values[i] = ints->Get(static_cast<flatbuffers::uoffset_t>(i));
  }

  Status Finish() {
    VERGE_TRY(std::move(status_));
    for (flatbuffers::uoffset_t i = 0; i < stored_.size(); ++i) {
      if (is_used_[i]) continue;
      return VERGE_ERROR(kUnsupported, "attribute " + stored_.Get(i)->name()->str().substr(0, 64) +
                                           " is not known to this build of the op: a newer Verge wrote the file");
    }
    return Status::Ok();
  }

 private:
  const vg::Attr* Take(const char* name, vg::AttrKind kind) {
    const vg::Attr* found = nullptr;
    for (flatbuffers::uoffset_t i = 0; i < stored_.size(); ++i) {
      const vg::Attr* attr = stored_.Get(i);
      if (attr->name()->string_view() != name) continue;
      is_used_[i] = true;
      if (found != nullptr) Fail(StatusCode::kDataLoss, name, "is stored twice");
      found = attr;
    }
    if (found == nullptr || found->kind() == kind) return found;
    Fail(StatusCode::kDataLoss, name, "is stored as another kind of value");
    return nullptr;
  }
  void Fail(StatusCode code, const char* name, const std::string& what) {
    if (status_.ok()) status_ = Status(code, std::string("attribute ") + name + " " + what, __FILE__, __LINE__);
  }

  const Stored& stored_;
  std::vector<bool> is_used_;
  Status status_;
};

}  // namespace

Result<std::vector<flatbuffers::Offset<vg::Attr>>> WriteAttrs(flatbuffers::FlatBufferBuilder& builder,
                                                              const ops::OpDef& op, const ops::OpAttrs& attrs) {
  ops::OpAttrs defaults;
  op.init_attrs(defaults);
  VERGE_TRY_ASSIGN(const std::vector<Field> fields, Collect(op, attrs));
  VERGE_TRY_ASSIGN(const std::vector<Field> default_fields, Collect(op, defaults));
  std::vector<flatbuffers::Offset<vg::Attr>> out;
  for (size_t i = 0; i < fields.size(); ++i) {
    const Field& f = fields[i];
    if (f == default_fields[i]) continue;
    const auto name = builder.CreateSharedString(f.name);
    flatbuffers::Offset<flatbuffers::String> text;
    flatbuffers::Offset<flatbuffers::Vector<int64_t>> ints;
    if (f.kind == vg::AttrKind_Enum) text = builder.CreateSharedString(f.text);
    if (f.kind == vg::AttrKind_Ints) ints = builder.CreateVector(f.ints);
    out.push_back(vg::CreateAttr(builder, name, f.kind, f.int_value, f.float_value, text, ints));
  }
  return out;
}

Result<ops::OpAttrs> ReadAttrs(const ops::OpDef& op, const Stored* stored) {
  ops::OpAttrs attrs;
  op.init_attrs(attrs);
  if (stored == nullptr) return attrs;
  Reader reader(*stored);
  op.visit_attrs(attrs, reader);
  VERGE_TRY(reader.Finish());
  return attrs;
}

}  // namespace verge::format
