package realtime

import "time"

//determinism:real not even this is looked at

var inTest = time.Now()
