package respond

import (
	"encoding/json"
	"fmt"
	"net/http"

	"example.com/pergola/core/fault"
)

// JSON answers with a value as JSON. A value that cannot be encoded is answered
// and reported as a defect.
func (rs *Responder) JSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	buffer := rs.buffer()
	defer rs.release(buffer)
	if err := json.NewEncoder(buffer).Encode(v); err != nil {
		err = fmt.Errorf("encode %T as JSON: %w", v, err)
		rs.report(r.Context(), fault.Internal, err)
		buffer.Reset()
		_ = json.NewEncoder(buffer).Encode(errorDocument(rs.view(r, fault.Internal, err)))
		status = http.StatusInternalServerError
	}
	rs.send(w, r, status, contentJSON, "no-store", buffer.Bytes())
}

type errorBody struct {
	Code      fault.Kind   `json:"code"`
	Message   string       `json:"message"`
	Fields    []errorField `json:"fields,omitempty"`
	RequestID string       `json:"requestId,omitempty"`
}

type errorField struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

func errorDocument(view ErrorView) any {
	body := errorBody{Code: view.Kind, Message: view.Message, RequestID: view.RequestID}
	for _, field := range view.Fields {
		body.Fields = append(body.Fields, errorField(field))
	}
	return struct {
		Error errorBody `json:"error"`
	}{body}
}
