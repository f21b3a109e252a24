package mail

import "example.com/shop/features/catalog" // want `core/mail imports the feature catalog: .*feature.Manifest`

type Sender struct{ read catalog.ReadBook }
