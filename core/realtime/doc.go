// Package realtime carries state to the browsers that may see it.
package realtime
