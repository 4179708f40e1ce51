#include "format/model/dynamic_tables.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

namespace verge::format {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;

Status Damaged(const std::string& what) { return VERGE_ERROR(kDataLoss, "model graph: sizes: " + what); }

flatbuffers::Offset<vg::Expression> WriteExpression(Builder& b, const Expression& e) {
  std::vector<vg::DimRef> dims;
  for (const DimRef& ref : e.dims) dims.emplace_back(ref.value, ref.dim);
  return vg::CreateExpression(b, e.factor, e.offset, e.divisor, b.CreateVectorOfStructs(dims));
}

Result<Expression> DecodeExpression(const vg::Expression& from, const ModelTables& tables) {
  Expression e{from.factor(), from.offset(), from.divisor(), {}};
  if (e.divisor < 1) return Damaged("an expression divides by " + std::to_string(e.divisor));
  if (from.dims() == nullptr) return e;
  if (from.dims()->size() > kMaxExpressionDims) return Damaged("an expression of more than 8 dimensions");
  for (const vg::DimRef* ref : *from.dims()) {
    if (ref->value() >= tables.values.size() ||
        ref->dim() >= static_cast<uint32_t>(tables.values[ref->value()].type.shape.rank())) {
      return Damaged("an expression names dimension " + std::to_string(ref->dim()) + " of value " +
                     std::to_string(ref->value()) + ", which is not there");
    }
    e.dims.push_back({ref->value(), ref->dim()});
  }
  return e;
}

bool IsInput(const ModelTables& tables, uint32_t value) {
  return std::find(tables.inputs.begin(), tables.inputs.end(), value) != tables.inputs.end();
}

// Constants are made before the first node, so they can follow from the inputs only.
Result<Expression> DecodeInputExpression(const vg::Expression& from, const ModelTables& tables) {
  VERGE_TRY_ASSIGN(Expression e, DecodeExpression(from, tables));
  for (const DimRef& ref : e.dims) {
    if (!IsInput(tables, ref.value)) return Damaged("a constant follows from something else than an input");
  }
  return e;
}

Status DecodeSymbols(const vg::Dynamics& from, Dynamics& to) {
  if (from.symbols()->size() == 0 || from.symbols()->size() > kMaxSymbols) return Damaged("none, or more than 64");
  for (const vg::Symbol* s : *from.symbols()) {
    const std::string_view name = s->name()->string_view();
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (name.empty() || name.size() > kMaxNameBytes || std::any_of(name.begin(), name.end(), is_control)) {
      return Damaged("a symbol without a proper name");
    }
    if (s->min() < 1 || s->max() < s->min() || s->step() < 1 || s->max() > int64_t{1} << 40) {
      return Damaged("symbol " + std::string(name.substr(0, 128)) + " has no sane range");
    }
    to.symbols.push_back({name, s->min(), s->max(), s->step()});
  }
  return Status::Ok();
}

Status DecodeDims(const vg::Dynamics& from, const ModelTables& tables, Dynamics& to) {
  if (from.dims()->size() > kMaxSymbolicParts) return Damaged("too many dimensions");
  for (const vg::SymbolicDim* d : *from.dims()) {
    if (d->input() >= tables.inputs.size() || d->symbol() >= to.symbols.size() ||
        d->dim() >= static_cast<uint32_t>(tables.values[tables.inputs[d->input()]].type.shape.rank())) {
      return Damaged("a dimension that is not there");
    }
    to.dims.push_back({d->input(), d->dim(), d->symbol()});
  }
  return Status::Ok();
}

Status DecodeAttrs(const vg::Dynamics& from, const ModelTables& tables, Dynamics& to) {
  if (from.attrs() == nullptr) return Status::Ok();
  if (from.attrs()->size() > kMaxSymbolicParts) return Damaged("too many attributes");
  for (const vg::SymbolicAttr* a : *from.attrs()) {
    const bool ascends = to.attrs.empty() || to.attrs.back().node <= a->node();
    if (a->node() >= tables.nodes.size() || !ascends) return Damaged("attributes out of order or range");
    VERGE_TRY_ASSIGN(Expression number, DecodeExpression(*a->number(), tables));
    to.attrs.push_back({a->node(), a->name()->string_view(), a->index(), std::move(number)});
  }
  return Status::Ok();
}

Status DecodeConstants(const vg::Dynamics& from, const ModelTables& tables, Dynamics& to) {
  const auto is_constant = [&](uint32_t value) {
    return value < tables.values.size() && tables.values[value].constant != nullptr;
  };
  if (from.constants() != nullptr) {
    if (from.constants()->size() > kMaxSymbolicParts) return Damaged("too many constants");
    for (const vg::SymbolicConstant* c : *from.constants()) {
      SymbolicConstant& constant = to.constants.emplace_back();
      constant = {c->value(), {}, c->start(), c->step()};
      if (!is_constant(c->value()) || !std::isfinite(c->start()) || !std::isfinite(c->step()) ||
          static_cast<int>(c->shape()->size()) != tables.values[c->value()].type.shape.rank()) {
        return Damaged("a constant that is not there, or of another rank");
      }
      for (const vg::Expression* e : *c->shape()) {
        VERGE_TRY_ASSIGN(Expression dim, DecodeInputExpression(*e, tables));
        constant.shape.push_back(std::move(dim));
      }
    }
  }
  if (from.elements() == nullptr) return Status::Ok();
  if (from.elements()->size() > kMaxSymbolicParts) return Damaged("too many elements");
  for (const vg::SymbolicElement* e : *from.elements()) {
    const bool ascends = to.elements.empty() || to.elements.back().value <= e->value();
    if (!is_constant(e->value()) || !ascends || e->index() >= tables.values[e->value()].type.shape.elems()) {
      return Damaged("an element that is not there, or out of order");
    }
    VERGE_TRY_ASSIGN(Expression number, DecodeInputExpression(*e->number(), tables));
    to.elements.push_back({e->value(), e->index(), std::move(number)});
  }
  return Status::Ok();
}

}  // namespace

flatbuffers::Offset<vg::Dynamics> WriteDynamics(Builder& b, const Dynamics& dynamics) {
  std::vector<flatbuffers::Offset<vg::Symbol>> symbols;
  for (const Symbol& s : dynamics.symbols) {
    symbols.push_back(vg::CreateSymbol(b, b.CreateSharedString(s.name), s.min, s.max, s.step));
  }
  std::vector<vg::SymbolicDim> dims;
  for (const SymbolicDim& d : dynamics.dims) dims.emplace_back(d.input, d.dim, d.symbol);
  std::vector<flatbuffers::Offset<vg::SymbolicAttr>> attrs;
  for (const SymbolicAttr& a : dynamics.attrs) {
    const auto name = b.CreateSharedString(a.name);
    attrs.push_back(vg::CreateSymbolicAttr(b, a.node, name, a.index, WriteExpression(b, a.number)));
  }
  std::vector<flatbuffers::Offset<vg::SymbolicConstant>> constants;
  for (const SymbolicConstant& c : dynamics.constants) {
    std::vector<flatbuffers::Offset<vg::Expression>> shape;
    for (const Expression& e : c.shape) shape.push_back(WriteExpression(b, e));
    constants.push_back(vg::CreateSymbolicConstant(b, c.value, b.CreateVector(shape), c.start, c.step));
  }
  std::vector<flatbuffers::Offset<vg::SymbolicElement>> elements;
  for (const SymbolicElement& e : dynamics.elements) {
    elements.push_back(vg::CreateSymbolicElement(b, e.value, e.index, WriteExpression(b, e.number)));
  }
  const auto symbol_list = b.CreateVector(symbols);
  const auto dim_list = b.CreateVectorOfStructs(dims);
  const auto attr_list = b.CreateVector(attrs);
  const auto constant_list = b.CreateVector(constants);
  return vg::CreateDynamics(b, symbol_list, dim_list, attr_list, constant_list, b.CreateVector(elements));
}

Result<Dynamics> DecodeDynamics(const vg::Dynamics& from, const ModelTables& tables) {
  Dynamics dynamics;
  VERGE_TRY(DecodeSymbols(from, dynamics));
  VERGE_TRY(DecodeDims(from, tables, dynamics));
  VERGE_TRY(DecodeAttrs(from, tables, dynamics));
  VERGE_TRY(DecodeConstants(from, tables, dynamics));
  return dynamics;
}

}  // namespace verge::format
