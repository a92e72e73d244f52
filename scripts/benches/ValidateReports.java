// SR files -> Pixelmed's verdict on each, in one process: java -cp pixelmed.jar scripts/ValidateReports.java FILE ...
import com.pixelmed.validate.DicomSRValidator;

public class ValidateReports {
    public static void main(String[] files) throws Exception {
        DicomSRValidator validator = new DicomSRValidator();
        for (String file : files) {
            System.out.println("FILE " + file);
            System.out.println(validator.validate(file));
        }
    }
}
