// AuditTrailTests
