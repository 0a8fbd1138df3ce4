// SPDX-License-Identifier: Apache-2.0
#include "connectors/embedded/marker_document.h"

#include "bson/ejson.h"

namespace penstock {

OwnedDocument marker_document(const Marker& marker, std::string_view processor) {
  DocumentBuilder builder;
  builder.append("_id", Value::string(marker.lineage));
  builder.append("processor", Value::string(processor));
  builder.append("seq", Value::int64(static_cast<int64_t>(marker.seq)));
  builder.append("fence", Value::int64(static_cast<int64_t>(marker.fence)));
  builder.append("cut", Value::array(marker.cut));
  builder.append("at", Value::date(marker.at));
  return OwnedDocument(builder.take());
}

Result<Marker> read_marker(Document document) {
  const Value lineage = document.get("_id");
  const Value seq = document.get("seq");
  const Value fence = document.get("fence");
  const Value cut = document.get("cut");
  const Value at = document.get("at");
  const bool whole = lineage.is_string() && seq.type() == Type::kLong && fence.type() == Type::kLong &&
                     cut.is_array() && at.type() == Type::kDate;
  if (!whole || seq.as_long() < 0 || fence.as_long() < 0) {
    return Error(ErrorCode::kStateRefused,
                 "the document {} in {} is not a marker of this program: somebody changed it, so what is in the sink "
                 "cannot be told; remove it and start with --fresh",
                 to_text(lineage), kMarkerCollection);
  }
  return Marker{std::string(lineage.as_string()), static_cast<uint64_t>(seq.as_long()),
                static_cast<uint64_t>(fence.as_long()), OwnedDocument(cut.as_array()), at.as_date()};
}

}  // namespace penstock
