package mail

import "example.com/shop/features/catalog" // want `core/mail imports feature catalog: .*feature.Manifest`

type Sender struct{ read catalog.ReadBook }
