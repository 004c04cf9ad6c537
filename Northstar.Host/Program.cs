// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

return 0;
