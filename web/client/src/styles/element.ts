// The parts of Element Plus that are used, themed by our tokens. Loaded with the pages that use them.
import 'element-plus/es/components/base/style/css'
import 'element-plus/es/components/select/style/css'
import 'element-plus/es/components/pagination/style/css'
import './element.css'
