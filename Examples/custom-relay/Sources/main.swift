import OpenSenseRelay
import StandardAdapters

await RelayCommand.main(
    adapters: StandardAdapters.all + [ChatRoom.type],
    emulators: StandardAdapters.emulators + [ChatRoomEmulator()])
