// NodeumSimulatorTests
