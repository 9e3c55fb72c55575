import OpenSenseRelay
import StandardAdapters

await RelayCommand.main(adapters: StandardAdapters.all, emulators: StandardAdapters.emulators)
