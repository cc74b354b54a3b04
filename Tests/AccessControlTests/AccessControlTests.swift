// AccessControlTests
