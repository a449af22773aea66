import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;

/** Serves the databases of one file on loopback: `java -cp 'LIB/*' MongoLauncher.java FILE PORT`. */
public class MongoLauncher {
  public static void main(String[] args) {
    H2Backend backend = new H2Backend(args[0]);
    // As MongoDB writes its journal.
    backend.getMvStore().setAutoCommitDelay(100);
    // As shipped it says wire version 8, and today's driver demands 9.
    backend.version(new MongoVersion() {
      @Override
      public List<Integer> getVersionArray() {
        return List.of(5, 0, 0, 0);
      }

      @Override
      public int getWireVersion() {
        return 13;
      }
    });
    MongoServer server = new MongoServer(backend);
    server.bind("127.0.0.1", Integer.parseInt(args[1]));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
  }
}
